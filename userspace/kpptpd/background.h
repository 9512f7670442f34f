/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going to the background, with success told only once there is some. */
#ifndef KPPTPD_BACKGROUND_H
#define KPPTPD_BACKGROUND_H

/**
 * kpptp_background_enter() - as daemon(3), but the parent waits for the child
 * @ready_fd: result in the child, for kpptp_background_ready()
 *
 * The child keeps standard error, so that whoever started it reads why it fails.
 *
 * Return: -1 in the child. In the parent an exit status: 0 when the child
 * serves, otherwise that of the child, or 1 when a signal ended it.
 */
int kpptp_background_enter(int *ready_fd);

/** kpptp_background_ready() - the parent may end. @fd is closed; -1 is fine. */
void kpptp_background_ready(int fd);

#endif
