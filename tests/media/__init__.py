"""Tests of topazdesk.media."""
