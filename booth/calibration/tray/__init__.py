"""The tray: its plane, its empty picture, the markers fixed beside it, and whether anything has drifted."""
