"""The columns, the footer and the empty window."""
