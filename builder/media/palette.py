"""The house colours that drawn files carry themselves: those of the theme's light scheme."""

PAPER, SURFACE, TINT = "#f7f2e6", "#fffdf8", "#eee6d3"
INK, INK_2, HAIR, EDGE = "#25221e", "#5a5246", "#d6cbb4", "#857a66"
BLUE, BLUE_WASH = "#1b4a80", "#e2ecf4"
AMBER, AMBER_WASH, AMBER_TEXT = "#f2c14e", "#fbeec8", "#7a4a00"
GOOD, GOOD_WASH, RED, RED_WASH = "#25603f", "#e3eedb", "#b3261e", "#fbe5df"
TODO = "#ddd3bf"
