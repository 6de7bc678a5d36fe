-- The MAC of the code that a factor was confirmed by: the same form sent once more is known by it.
ALTER TABLE second_factors ADD COLUMN confirming_mac TEXT;
