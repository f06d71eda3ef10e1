"""The stages after collection, each for one deployment; the command, the scheduler and the demo
run the same ones."""
