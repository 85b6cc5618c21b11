"""What every page stands on: the visitor, answers and failures, headers, forms sent twice, live parts."""
