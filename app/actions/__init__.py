"""Everything a user can do, as a table of data, and what is made from it."""
