"""Towns and postcodes of the Netherlands and just over its borders, from the tables that ship with the project."""
