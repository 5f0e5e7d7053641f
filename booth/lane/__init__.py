"""The lane: one item's way from the settled tray to the writer."""
