"""The window as a whole: frame, footer, features, start-up and shutdown."""
