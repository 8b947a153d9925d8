"""Clients of the remote services."""
