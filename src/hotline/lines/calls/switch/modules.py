"""The Asterisk modules this platform uses; everything else stays unloaded, so that there is less to attack."""

from __future__ import annotations

MODULES: tuple[str, ...] = (
    # What others stand on comes first.
    "res_timing_timerfd", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_http_websocket",
    "res_websocket_client", "res_srtp", "res_crypto", "res_rtp_asterisk", "res_musiconhold", "res_clioriginate",
    # Sound.
    "codec_alaw", "codec_ulaw", "codec_a_mu", "codec_resample", "codec_g722", "codec_opus_open_source",
    "res_format_attr_opus", "format_pcm", "format_wav", "format_sln",
    # SIP.
    "res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_pubsub", "res_pjsip_outbound_registration",
    "res_pjsip_outbound_authenticator_digest", "res_pjsip_authenticator_digest", "res_pjsip_caller_id",
    "res_pjsip_diversion", "res_pjsip_dtmf_info", "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user", "res_pjsip_header_funcs", "res_pjsip_logger", "res_pjsip_nat",
    "res_pjsip_registrar", "res_pjsip_rfc3326", "res_pjsip_sdp_rtp", "res_pjsip_transport_websocket", "chan_pjsip",
    # Bridges.
    "bridge_simple", "bridge_softmix", "bridge_holding", "bridge_native_rtp", "bridge_builtin_features",
    "chan_bridge_media",
    # ARI.
    "res_stasis", "res_stasis_answer", "res_stasis_playback", "res_stasis_recording", "res_stasis_snoop",
    "res_stasis_broadcast", "res_ari_model", "res_ari", "res_ari_applications", "res_ari_asterisk", "res_ari_bridges",
    "res_ari_channels", "res_ari_endpoints", "res_ari_events", "res_ari_playbacks", "res_ari_recordings",
    # The dialplan.
    "pbx_config", "app_dial", "app_exec", "app_playback", "app_playtones", "app_stack", "app_verbose", "app_stasis",
    "app_stasis_broadcast", "func_callerid", "func_cdr", "func_channel", "func_cut", "func_dialplan", "func_devstate", "func_global",
    "func_hangupcause", "func_logic", "func_math", "func_pjsip_endpoint", "func_strings", "func_timeout", "func_base64",
    "func_sorcery", "func_talkdetect", "func_pjsip_aor", "func_pjsip_contact",
    # Call records.
    "app_cdr", "res_cdrel_custom", "cdr_custom",
)  # fmt: skip
