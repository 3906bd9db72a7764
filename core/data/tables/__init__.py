"""Tables of the user's own: reading CSV and Parquet, and giving every column a type."""
