"""The gallery of models: what each is for, its price and limits, and how it is found."""
