"""Tests of the sample pictures."""
