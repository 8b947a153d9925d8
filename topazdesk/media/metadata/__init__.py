"""Metadata of pictures: read from the original, corrected, and written into the result without touching its pixels."""
