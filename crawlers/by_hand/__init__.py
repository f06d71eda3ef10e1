"""What people add by hand: public posts in own words, sightings, transcripts."""
