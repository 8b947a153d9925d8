"""The window's team: how it stands, working for it, joining and leaving it."""
