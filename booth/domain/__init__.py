"""The nouns of the booth: frozen, slotted dataclasses; arrays are never changed after hand-over.

Coordinates are pixels of the camera's picture, x to the right and y down, unless a name says otherwise.
Lengths are millimetres. The tray frame has its origin at the tray's centre, z up.
"""
