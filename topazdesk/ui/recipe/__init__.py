"""The recipe in the right column: model, settings, size, output and presets, and the suggested model."""
