"""The list of pictures in the left column, and the sheet of files that were not added."""
