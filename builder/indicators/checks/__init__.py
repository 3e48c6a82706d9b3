"""The judges of validation rules: a whole table of regions × periods at a time."""
