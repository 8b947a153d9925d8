"""Whole runs with faults: the real client and engine, a proxy that breaks things, a real service process."""
