"""Help: pages of plain source, spoken in the user's language, for window, terminal and web alike."""
