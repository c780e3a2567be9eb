// NAME
//   skeleton - what stands in a new campaign and in new settings to be replaced
//
// DESCRIPTION
//   Written by `hearten new` and `hearten init`, and found again by the compiler, which lets none
//   of the letter's lines out.
#ifndef CAMPAIGN_SKELETON_H
#define CAMPAIGN_SKELETON_H

#define SKELETON_LETTER   "Write your letter here."
#define SKELETON_PRACTICE "Something small to try this week."
#define SKELETON_CALL     "One sentence that invites."

#define SAMPLE_FROM    "you@your-domain.example"
#define SAMPLE_NAME    "Your Name"
#define SAMPLE_WEBSITE "https://your-domain.example"
#define SAMPLE_MAILTO  "unsubscribe+{token}@your-domain.example"
#define SAMPLE_ADDRESS "Your Name, Street 1, 12345 Town, Country"

#endif
