"""How much the world looks for cities: page views of encyclopedia articles, search trends."""
