"""The queue: its panel, its rows, cancelling, details, and what needs the user's word."""
