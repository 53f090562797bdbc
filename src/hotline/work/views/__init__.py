"""How somebody looks at the work lists: filters kept by name, the columns he chose."""
