"""Trials before paying: a patch or the whole picture with up to four candidates, side by side."""
