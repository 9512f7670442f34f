/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/kpptp.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_KPPTP_H
#define _UAPI_LINUX_KPPTP_H

#define KPPTP_FAMILY_NAME	"kpptp"
#define KPPTP_FAMILY_VERSION	1

/**
 * enum kpptp_state - How far a call has come.
 * @KPPTP_STATE_INCOMPLETE: The peer's Call ID is not known yet. Frames are
 *   received and held.
 * @KPPTP_STATE_WAITING: No socket is attached yet. Frames are received and
 *   held.
 * @KPPTP_STATE_ATTACHED: A socket owns the call and PPP frames flow.
 */
enum kpptp_state {
	KPPTP_STATE_INCOMPLETE,
	KPPTP_STATE_WAITING,
	KPPTP_STATE_ATTACHED,
};

/**
 * enum kpptp_tos_mode - Where the DSCP of the outer IP header comes from.
 * @KPPTP_TOS_MODE_FIXED: The tos attribute. ECN still follows the inner packet
 *   (RFC 6040).
 * @KPPTP_TOS_MODE_INHERIT: The DSCP of the inner IP packet, when it can be
 *   seen.
 */
enum kpptp_tos_mode {
	KPPTP_TOS_MODE_FIXED,
	KPPTP_TOS_MODE_INHERIT,
};

/**
 * enum kpptp_pmtu_mode - DF of the outer packets, and whether the MTU of the
 *   PPP interface follows the path MTU. What does not fit the path is
 *   fragmented in any mode.
 * @KPPTP_PMTU_MODE_FRAGMENT: DF is never set, and the MTU of the interface
 *   left alone.
 * @KPPTP_PMTU_MODE_DISCOVER: DF is set on what fits, so that the path MTU is
 *   learned. The MTU of the interface follows it.
 * @KPPTP_PMTU_MODE_COPY: DF is that of the inner IP packet; IPv6 has it, what
 *   can't be seen has not. The MTU of the interface follows the path MTU.
 */
enum kpptp_pmtu_mode {
	KPPTP_PMTU_MODE_FRAGMENT,
	KPPTP_PMTU_MODE_DISCOVER,
	KPPTP_PMTU_MODE_COPY,
};

/**
 * enum kpptp_offload_state - Whether offload is in effect and, when it is not,
 *   why.
 * @KPPTP_OFFLOAD_STATE_ACTIVE: Large packets go through PPP in both
 *   directions.
 * @KPPTP_OFFLOAD_STATE_DISABLED: The offload attribute is 0.
 * @KPPTP_OFFLOAD_STATE_WAITING: The PPP interface has sent no IP packet yet,
 *   or what was negotiated has changed lately.
 * @KPPTP_OFFLOAD_STATE_WINDOW: There is a send window.
 * @KPPTP_OFFLOAD_STATE_COMPRESSION: PPP compresses or encrypts.
 * @KPPTP_OFFLOAD_STATE_VJ: PPP compresses the headers of TCP.
 * @KPPTP_OFFLOAD_STATE_MULTILINK: PPP spreads packets over several links.
 * @KPPTP_OFFLOAD_STATE_UNSUPPORTED: The PPP interface of this kernel can't do
 *   it.
 */
enum kpptp_offload_state {
	KPPTP_OFFLOAD_STATE_ACTIVE,
	KPPTP_OFFLOAD_STATE_DISABLED,
	KPPTP_OFFLOAD_STATE_WAITING,
	KPPTP_OFFLOAD_STATE_WINDOW,
	KPPTP_OFFLOAD_STATE_COMPRESSION,
	KPPTP_OFFLOAD_STATE_VJ,
	KPPTP_OFFLOAD_STATE_MULTILINK,
	KPPTP_OFFLOAD_STATE_UNSUPPORTED,
};

/**
 * enum kpptp_del_reason - Why a call ended.
 * @KPPTP_DEL_REASON_CLOSED: The attached socket was closed.
 * @KPPTP_DEL_REASON_DELETED: CALL_DEL named it.
 * @KPPTP_DEL_REASON_OWNER_GONE: The netlink socket that owned it was closed.
 * @KPPTP_DEL_REASON_NETNS_EXIT: Its network namespace ended.
 */
enum kpptp_del_reason {
	KPPTP_DEL_REASON_CLOSED,
	KPPTP_DEL_REASON_DELETED,
	KPPTP_DEL_REASON_OWNER_GONE,
	KPPTP_DEL_REASON_NETNS_EXIT,
};

#define KPPTP_REORDER_LIMIT_MAX	1024
#define KPPTP_REORDER_TIME_MAX	1000000
#define KPPTP_ACK_DELAY_MAX	10000000

enum {
	KPPTP_A_CALL_LOCAL = 1,
	KPPTP_A_CALL_PEER,
	KPPTP_A_CALL_CALL_ID,
	KPPTP_A_CALL_PEER_CALL_ID,
	KPPTP_A_CALL_RX_WINDOW,
	KPPTP_A_CALL_TX_WINDOW,
	KPPTP_A_CALL_ACK_DELAY,
	KPPTP_A_CALL_REORDER_LIMIT,
	KPPTP_A_CALL_REORDER_TIME,
	KPPTP_A_CALL_TOS,
	KPPTP_A_CALL_TOS_MODE,
	KPPTP_A_CALL_TTL,
	KPPTP_A_CALL_PMTU_MODE,
	KPPTP_A_CALL_MARK,
	KPPTP_A_CALL_DEVICE,
	KPPTP_A_CALL_OFFLOAD,
	KPPTP_A_CALL_TX_SEQ,
	KPPTP_A_CALL_RX_SEQ,
	KPPTP_A_CALL_OWNER,
	KPPTP_A_CALL_STATE,
	KPPTP_A_CALL_CHANNEL,
	KPPTP_A_CALL_IFNAME,
	KPPTP_A_CALL_REASON,
	KPPTP_A_CALL_HELD,
	KPPTP_A_CALL_TX_WINDOW_NOW,
	KPPTP_A_CALL_TX_UNACKED,
	KPPTP_A_CALL_RTT,
	KPPTP_A_CALL_ATO,
	KPPTP_A_CALL_STATS,
	KPPTP_A_CALL_OFFLOAD_STATE,
	KPPTP_A_CALL_PAD,
	KPPTP_A_CALL_IFINDEX,
	KPPTP_A_CALL_NETNSID,
	KPPTP_A_CALL_PATH_MTU,
	KPPTP_A_CALL_BACKLOG,

	__KPPTP_A_CALL_MAX,
	KPPTP_A_CALL_MAX = (__KPPTP_A_CALL_MAX - 1)
};

enum {
	KPPTP_A_CALL_STATS_PAD = 1,
	KPPTP_A_CALL_STATS_RX_PACKETS,
	KPPTP_A_CALL_STATS_RX_BYTES,
	KPPTP_A_CALL_STATS_TX_PACKETS,
	KPPTP_A_CALL_STATS_TX_BYTES,
	KPPTP_A_CALL_STATS_RX_ACKS,
	KPPTP_A_CALL_STATS_TX_ACKS,
	KPPTP_A_CALL_STATS_RX_REORDERED,
	KPPTP_A_CALL_STATS_RX_LOST,
	KPPTP_A_CALL_STATS_RX_DUPLICATE,
	KPPTP_A_CALL_STATS_RX_LATE,
	KPPTP_A_CALL_STATS_RX_FAR,
	KPPTP_A_CALL_STATS_RX_RESYNC,
	KPPTP_A_CALL_STATS_RX_TRIMMED,
	KPPTP_A_CALL_STATS_RX_BAD,
	KPPTP_A_CALL_STATS_RX_EARLY_HELD,
	KPPTP_A_CALL_STATS_RX_EARLY_DROPPED,
	KPPTP_A_CALL_STATS_RX_BAD_ACK,
	KPPTP_A_CALL_STATS_TX_NO_ROUTE,
	KPPTP_A_CALL_STATS_TX_LOOP = 21,
	KPPTP_A_CALL_STATS_TX_ERRORS,
	KPPTP_A_CALL_STATS_TX_STALLS,
	KPPTP_A_CALL_STATS_TX_TIMEOUTS,
	KPPTP_A_CALL_STATS_TX_FRAGMENTED,
	KPPTP_A_CALL_STATS_RX_OVERRUN,

	__KPPTP_A_CALL_STATS_MAX,
	KPPTP_A_CALL_STATS_MAX = (__KPPTP_A_CALL_STATS_MAX - 1)
};

enum {
	KPPTP_A_STATS_PAD = 1,
	KPPTP_A_STATS_CALLS,
	KPPTP_A_STATS_RX_MALFORMED,
	KPPTP_A_STATS_RX_NO_CALL,
	KPPTP_A_STATS_BACKLOG,

	__KPPTP_A_STATS_MAX,
	KPPTP_A_STATS_MAX = (__KPPTP_A_STATS_MAX - 1)
};

enum {
	KPPTP_CMD_CALL_NEW = 1,
	KPPTP_CMD_CALL_SET,
	KPPTP_CMD_CALL_DEL,
	KPPTP_CMD_CALL_GET,
	KPPTP_CMD_STATS_GET,
	KPPTP_CMD_CALL_NEW_NTF,
	KPPTP_CMD_CALL_SET_NTF,
	KPPTP_CMD_CALL_DEL_NTF,

	__KPPTP_CMD_MAX,
	KPPTP_CMD_MAX = (__KPPTP_CMD_MAX - 1)
};

#define KPPTP_MCGRP_CALLS	"calls"

#endif /* _UAPI_LINUX_KPPTP_H */
