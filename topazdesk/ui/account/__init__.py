"""Money and account: the key, the books, limits, what the service still has, settings."""
