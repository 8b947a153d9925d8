"""The recipe on the right: model, size, output, presets, and what suggests settings."""
