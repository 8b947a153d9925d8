"""Low-level handling of the program's own files and folders, shared by every layer that keeps some on disk.

Everything here blocks. It knows neither pictures nor Qt.
"""
