"""Write down what the catalogs of each PostgreSQL version say about built-in functions, types, casts and indexes."""
