"""Tests of what features may ask of their window."""
