"""Django's objects, made of what files say: fields, expressions, values, SQL."""
