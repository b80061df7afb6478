/* What the sender knows of the link's loss, and the repair packets that suit it. */
#include "device/sender.h"

#define HALF_STEP (LN_FEEDBACK_LOSS_STEP / 2)
#define MOST_MORE 26 /* in 1/256, as losses are: a tenth */
#define CHANGE 48    /* three times what a hint scatters by, or more */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned ln_share_for_loss(unsigned loss)
{
    loss = least(loss, 255);
    loss += least(loss * 3 / 5, MOST_MORE);
    return least((100 * loss + 128) / 256, LN_MOST_PROTECTION);
}

void ln_sender_protect(const ln_sender *sender, const ln_queued *q)
{
    ln_camera_share(q->camera, ln_share_for_loss(sender->loss)); /* refused without memory for it */
}

void ln_sender_loss(ln_sender *sender, unsigned loss)
{
    if (!sender)
        return;
    sender->loss = (uint8_t)least(loss, LN_MOST_LOSS);
    for (unsigned i = 0; i < LN_SENDER_PICTURES; i++)
        if (sender->queue[i].camera)
            ln_sender_protect(sender, &sender->queue[i]);
}

/* What is to be expected behind a hint. It tells a step, and counts few frames: so it weighs half as much as
 * what was known. If it is far off, the link has changed. */
static unsigned loss_behind(const ln_sender *sender, const ln_feedback *hint)
{
    int middle = hint->loss + HALF_STEP, ahead = middle - sender->loss;

    return (unsigned)(ahead > CHANGE || ahead < -CHANGE ? middle : sender->loss + ahead / 3);
}

ln_status ln_sender_feedback(ln_sender *sender, const uint8_t *bytes, size_t size)
{
    ln_feedback feedback;
    ln_status status = sender ? ln_feedback_read(&feedback, bytes, size) : LN_ERR_ARGUMENT;

    if (status != LN_OK)
        return status;
    ln_sender_loss(sender, loss_behind(sender, &feedback));
    for (unsigned i = 0; i < LN_SENDER_PICTURES; i++)
        if (feedback.enough && sender->queue[i].picture == feedback.picture)
            sender->queue[i].camera = NULL;
    return LN_OK;
}
