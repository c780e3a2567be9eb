// NAME
//   account - prints where every recipient of an edition stands
#ifndef CMD_ACCOUNT_H
#define CMD_ACCOUNT_H

#include "cmd/workspace.h"
#include "store/ledger.h"

// Where the edition stands. *in_hand: the in-doubt rows whose sender is still at work on them.
int account_read(struct workspace *ws, const struct edition *edition, struct account *account,
                 int64_t *in_hand, struct err *err) MUST_CHECK;

// The account of one edition, as a table or as JSON.
int account_print(const struct cli *cli, struct workspace *ws, const struct edition *edition,
                  struct err *err) MUST_CHECK;

// {"campaign",…} with zeros for a campaign that has no edition yet.
void account_print_none(const struct cli *cli, const char *slug, const char *state);

// 0 all accounted for and done, 75 some wait or are in another sender's hands, 1 some in doubt.
int account_exit_code(const struct account *account, int64_t in_hand);

#endif
