"""The proof of resume: going on from a checkpoint once more and comparing bit by bit with what the run recorded."""
