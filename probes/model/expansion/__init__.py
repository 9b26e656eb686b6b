"""A spec with one more Region, by the document's own offsets."""
