"""The list of pictures on the left, and the files that were refused."""
