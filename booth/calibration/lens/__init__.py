"""One camera: its lens, the views that it is measured from, and two of them side by side."""
