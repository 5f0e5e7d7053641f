"""The domain and the loop of a damage-inspection booth: knows no device, no screen and no neural net."""
