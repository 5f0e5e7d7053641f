"""What the error and event numbers of a Gardasoft controller mean, and what to do about each."""

HARMLESS = frozenset({0, 128, 138})
"""No error; a light was connected; the training of its power supply has ended."""
SENTENCES = {
    1: "a value is not allowed: check light.options against the manual of the controller",
    2: "it does not know the command: it is no controller of the RT series",
    3: "it read a number wrongly: check its cable and baud rate",
    4: "it wants other parameters: it is no controller of the RT series",
    5: "it changed a value that is out of its range: check light.options against its manual",
    8: "its memory is damaged and it has forgotten its settings: set it up again",
    9: "it cannot save its settings: have it repaired",
    12: "its memory is damaged and it has forgotten its settings: set it up again",
    19: "it does not know what the lamp is rated for: set the rating at the controller (VL)",
    20: "it cannot save its settings: have it repaired",
    21: "it could not sense the lamp: check the lamp's cable",
    22: "it could not sense the lamp: check the lamp's cable",
    23: "it could not sense the lamp: check the lamp's cable",
    34: "it is dissipating too much heat: lower the brightness or the supply voltage",
    35: "too little current flows: check the lamp's cable, or the lamp is dead",
    36: "its output is shorted: check the lamp's cable",
    37: "the lamp needs more voltage than it did: an LED of it has failed, replace the lamp",
    38: "the lamp needs less voltage than it did: an LED of it has failed, replace the lamp",
    39: "its supply has too little voltage for the brightness: check its power supply",
    40: "more current flows than it should: switch it off and check the lamp",
    41: "more current flows than it should: switch it off and check the lamp",
    44: "it is too hot: give it air, and lower the brightness",
    45: "more current flows than it should: switch it off and check the lamp",
    46: "one channel turns too much power into heat: lower the brightness or the supply voltage",
    47: "it has protected itself from heat: give it air, and lower the brightness",
    129: "a lamp without a rating is connected: set the rating at the controller (VL)",
    130: "it is too hot: give it air, and lower the brightness",
    131: "more current flows than it should: switch it off and check the lamp",
    132: "it could not sense the lamp: check the lamp's cable",
    139: "it could not adapt its power supply to the lamp: start that again at the controller",
    140: "it switched the lamp off because it was lit too long: lower pulse_ms or flash less often",
}
"""Error and event numbers (manual 13.3 to 13.5; 34 to 39 as the PP420 manual, appendix B, has them)."""
