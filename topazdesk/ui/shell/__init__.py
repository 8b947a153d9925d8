"""The window as a whole: frame, footer, features, start and end."""
