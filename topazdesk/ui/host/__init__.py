"""What a feature may ask of its window: notices, actions, dialogs and background work."""
