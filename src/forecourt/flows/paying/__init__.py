"""Money on its way: holds, captures, balances, stored cards, disputes, dunning."""
