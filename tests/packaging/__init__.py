"""Tests of what stands under packaging/."""
