"""Which trades are learned from in which step."""

# Left out by search.py and learned from by words.py: how words are compared is learned on
# vectors that have not seen the texts before.
LATER = frozenset(
    "alarm broker daycare driving energy esign furniture glasses hotel housing mealkit "
    "newsletter parcel projects rail storage streaming townhall".split()
)
