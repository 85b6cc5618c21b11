"""What every step does besides its own work: orders to chargers, letters to people, the log, doubts set aside, runs told of."""
