"""What a feature may ask of the window that it is shown in: notices and actions."""
