// NAME
//   account - prints where every recipient of an edition stands
#ifndef CMD_ACCOUNT_H
#define CMD_ACCOUNT_H

#include "cmd/workspace.h"
#include "store/ledger.h"

struct standing {
    struct account account;
    int64_t in_hand; // the in-doubt rows whose sender is still at work on them
};

// Where the edition stands at this moment.
int account_read(struct workspace *ws, const struct edition *edition, struct standing *out,
                 struct err *err) MUST_CHECK;

// The account of one edition, as a table or as JSON; with -v, behind it, every reader who did not
// get it, with the reason and the reply.
int account_print(const struct cli *cli, struct workspace *ws, const struct edition *edition,
                  const struct standing *standing, struct err *err) MUST_CHECK;

// {"campaign",…} with zeros for a campaign that has no edition yet. remark: for a person.
void account_print_none(const struct cli *cli, const char *slug, const char *state, int64_t send_at,
                        const char *remark);

// 0 all accounted for and done, 75 some wait or are in another sender's hands, 1 some are in doubt
// or nobody could be reached.
int account_exit_code(const struct standing *standing);

#endif
