"""Forms made from the fields of a schema: one small class for each type of field."""
