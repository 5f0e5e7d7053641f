"""What a camera measures: depth, colour, light, exposure and sharpness."""
